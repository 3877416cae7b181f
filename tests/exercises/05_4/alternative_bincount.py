def getitem_gradient(x, gradient, index):
    places = np.arange(x.size).reshape(x.shape)[index]
    total = np.bincount(np.ravel(places), weights=np.ravel(gradient), minlength=x.size)
    return total.astype(gradient.dtype).reshape(x.shape)
